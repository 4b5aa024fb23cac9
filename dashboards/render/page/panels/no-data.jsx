// What a panel shows that was given nothing, as Grafana shows it.
import { useTheme2 } from '@grafana/ui';

export function NoData({ fieldConfig }) {
  const theme = useTheme2();
  const style = { height: '100%', display: 'flex', alignItems: 'center', justifyContent: 'center', color: theme.colors.text.secondary };
  return (
    <div data-no-data style={style}>
      {fieldConfig.defaults.noValue || 'No data'}
    </div>
  );
}

/** Whether there is anything to show. */
export function hasData({ series }) {
  return series.some((frame) => frame.length > 0 && frame.fields.length > 0);
}
