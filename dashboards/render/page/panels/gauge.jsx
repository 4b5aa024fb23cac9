// The panel `gauge`.
import { Gauge } from '@grafana/ui';
import { provideDial } from '../dial.js';
import { Values } from './values.jsx';

provideDial();

export function GaugePanel(props) {
  const options = { showThresholdMarkers: true, showThresholdLabels: false, ...props.options };
  return (
    <Values
      props={props}
      autoGrid
      minVizWidth={options.sizing === 'manual' ? options.minVizWidth : 75}
      minVizHeight={options.sizing === 'manual' ? options.minVizHeight : 75}
      render={({ value, width, height, count, orientation, theme }) => (
        <Gauge
          value={count === 1 && !props.fieldConfig.defaults.displayName ? { ...value.display, title: undefined } : value.display}
          field={value.field}
          width={width}
          height={height}
          orientation={orientation}
          text={options.text}
          showThresholdLabels={options.showThresholdLabels}
          showThresholdMarkers={options.showThresholdMarkers}
          theme={theme}
        />
      )}
    />
  );
}
