// The panel `stat`.
import { BigValue } from '@grafana/ui';
import { Values } from './values.jsx';

const defaults = { graphMode: 'area', colorMode: 'value', justifyMode: 'auto', textMode: 'auto', wideLayout: true };

export function StatPanel(props) {
  const options = { ...defaults, ...props.options };
  return (
    <Values
      props={props}
      sparkline={options.graphMode !== 'none'}
      autoGrid
      render={({ value, width, height, count, alignmentFactors, theme }) => (
        <BigValue
          value={value.display}
          count={count}
          sparkline={options.graphMode !== 'none' ? value.sparkline : undefined}
          colorMode={options.colorMode}
          graphMode={options.graphMode}
          justifyMode={options.justifyMode}
          textMode={named(options.textMode, props.fieldConfig) ? 'value_and_name' : options.textMode}
          disableWideLayout={!options.wideLayout}
          percentChangeColorMode={options.percentChangeColorMode}
          alignmentFactors={alignmentFactors}
          text={options.text}
          width={width}
          height={height}
          theme={theme}
        />
      )}
    />
  );
}

/** A name that the dashboard gives is shown, also of a single value. */
function named(textMode, { defaults }) {
  return textMode === 'auto' && Boolean(defaults.displayName);
}
