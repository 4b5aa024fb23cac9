// The panel `bargauge`.
import { BarGauge } from '@grafana/ui';
import { Values } from './values.jsx';

const defaults = {
  displayMode: 'gradient',
  showUnfilled: true,
  valueMode: 'color',
  namePlacement: 'auto',
  orientation: 'auto',
  sizing: 'auto',
  minVizWidth: 8,
  minVizHeight: 16,
  maxVizHeight: 300,
};

export function BarGaugePanel(props) {
  const options = { ...defaults, ...props.options };
  const auto = options.sizing === 'auto';
  return (
    <Values
      props={{ ...props, options }}
      itemSpacing={options.displayMode === 'lcd' ? 2 : 10}
      minVizWidth={auto ? defaults.minVizWidth : options.minVizWidth}
      minVizHeight={auto ? defaults.minVizHeight : options.minVizHeight}
      maxVizHeight={auto ? defaults.maxVizHeight : options.maxVizHeight}
      render={({ value, width, height, count, orientation, alignmentFactors, theme }) => (
        <BarGauge
          value={count === 1 && !props.fieldConfig.defaults.displayName ? { ...value.display, title: undefined } : value.display}
          field={value.field}
          display={value.view?.getFieldDisplayProcessor(value.colIndex)}
          width={width}
          height={height}
          orientation={orientation}
          text={options.text}
          displayMode={options.displayMode}
          showUnfilled={options.showUnfilled}
          valueDisplayMode={options.valueMode}
          namePlacement={options.namePlacement}
          alignmentFactors={count > 1 ? alignmentFactors : undefined}
          isOverflow={false}
          theme={theme}
        />
      )}
    />
  );
}
