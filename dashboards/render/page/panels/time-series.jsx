// The panel `timeseries`.
import { EventBusSrv, FieldType, DashboardCursorSync } from '@grafana/data';
import { PanelContextProvider, TimeSeries } from '@grafana/ui';
import { NoData, hasData } from './no-data.jsx';
import { useMemo } from 'react';
import { Annotations } from './annotations.jsx';

/** Its options of a field, and what they are if nothing is said. */
export const timeSeriesFields = {
  drawStyle: 'line',
  lineInterpolation: 'linear',
  lineWidth: 1,
  lineStyle: { fill: 'solid' },
  lineColor: undefined,
  fillOpacity: 0,
  fillColor: undefined,
  fillBelowTo: undefined,
  gradientMode: 'none',
  spanNulls: false,
  insertNulls: false,
  showPoints: 'auto',
  pointSize: 5,
  stacking: { mode: 'none', group: 'A' },
  transform: undefined,
  barAlignment: 0,
  barWidthFactor: 0.6,
  barMaxWidth: undefined,
  axisPlacement: 'auto',
  axisLabel: '',
  axisWidth: undefined,
  axisSoftMin: undefined,
  axisSoftMax: undefined,
  axisGridShow: true,
  axisCenteredZero: false,
  axisColorMode: 'text',
  axisBorderShow: false,
  scaleDistribution: { type: 'linear' },
  thresholdsStyle: { mode: 'off' },
  hideFrom: { tooltip: false, viz: false, legend: false },
};

const context = {
  eventBus: new EventBusSrv(),
  eventsScope: 'clearpool',
  sync: () => DashboardCursorSync.Off,
  canAddAnnotations: () => false,
};

const legendDefaults = { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] };

export function TimeSeriesPanel({ data, width, height, timeRange, timeZone, options, fieldConfig }) {
  // The same objects for the same input, or the chart is begun anew at each turn.
  const frames = useMemo(() => data.series.map(finite), [data.series]);
  const legend = useMemo(() => ({ ...legendDefaults, ...options.legend }), [options.legend]);
  if (!hasData(data)) {
    return <NoData fieldConfig={fieldConfig} />;
  }
  return (
    <PanelContextProvider value={context}>
      <TimeSeries
        width={width}
        height={height}
        timeRange={timeRange}
        timeZone={timeZone}
        frames={frames}
        structureRev={data.structureRev}
        legend={legend}
        options={options}
      >
        {(config) => <Annotations config={config} frames={data.annotations ?? []} />}
      </TimeSeries>
    </PanelContextProvider>
  );
}

/** Infinity has no place on an axis; the plugin draws a gap. */
function finite(frame) {
  const fields = frame.fields.map((field) =>
    field.type === FieldType.number
      ? { ...field, values: field.values.map((value) => (Number.isFinite(value) ? value : null)) }
      : field,
  );
  return { ...frame, fields };
}
