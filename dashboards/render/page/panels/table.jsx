// The panel `table`.
import { getFrameDisplayName } from '@grafana/data';
import { TableNG } from '@grafana/ui/unstable';
import { NoData, hasData } from './no-data.jsx';

/** Its options of a field, and what they are if nothing is said. */
export const tableFields = {
  align: 'auto',
  cellOptions: { type: 'auto' },
  inspect: false,
  filterable: undefined,
  width: undefined,
  minWidth: undefined,
  hidden: undefined,
  hideFrom: undefined,
  wrapHeaderText: undefined,
  wrapText: undefined,
};

export function TablePanel({ data, width, height, options, fieldConfig, timeRange }) {
  if (!hasData(data)) {
    return <NoData fieldConfig={fieldConfig} />;
  }
  // Of several results the plugin shows one at a time.
  const frame = data.series[options.frameIndex ?? 0] ?? data.series[0];
  return (
    <div aria-label={getFrameDisplayName(frame)}>
      <TableNG
        data={frame}
        width={width}
        height={height}
        noHeader={options.showHeader === false}
        cellHeight={options.cellHeight ?? 'sm'}
        initialSortBy={options.sortBy}
        fieldConfig={fieldConfig}
        timeRange={timeRange}
        structureRev={data.structureRev}
        enableVirtualization={false}
      />
    </div>
  );
}
