// What stat, gauge and bar gauge have in common: values made of series, in a row or a grid.
import { getDisplayValueAlignmentFactors, getFieldDisplayValues } from '@grafana/data';
import { VizRepeater, useTheme2 } from '@grafana/ui';
import { hasData } from './no-data.jsx';

/** Draws each value by `render`, where the plugin would have it. */
export function Values({ props, render, ...layout }) {
  const theme = useTheme2();
  const { data, fieldConfig, options, replaceVariables, timeZone, width, height, renderCounter } = props;
  const values = () =>
    getFieldDisplayValues({
      fieldConfig,
      reduceOptions: { calcs: ['lastNotNull'], values: false, fields: '', ...options.reduceOptions },
      replaceVariables,
      theme,
      data: data.series,
      sparkline: layout.sparkline,
      timeZone,
      percentChange: options.showPercentChange,
    });
  const repeater = (
    <VizRepeater
      getValues={values}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={(one) => render({ ...one, theme })}
      width={width}
      height={height}
      source={data}
      renderCounter={renderCounter}
      orientation={options.orientation ?? 'auto'}
      {...layout}
    />
  );
  // Without series the plugins show one value, which says so.
  return hasData(data) ? repeater : <div data-no-data>{repeater}</div>;
}
