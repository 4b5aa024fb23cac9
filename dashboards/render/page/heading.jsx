// What in Grafana the application draws around a dashboard: its title, tags and links, and which
// colors mark what on the time line.
import { LinkButton, Stack, TagList, Text, useTheme2 } from '@grafana/ui';

export function Heading({ dashboard }) {
  const marks = (dashboard.annotations?.list ?? []).filter((annotation) => annotation.enable && !annotation.builtIn);
  return (
    <div style={{ display: 'flex', alignItems: 'center', gap: 16, paddingBottom: 12 }}>
      <Text element="h1" variant="h3">
        {dashboard.title}
      </Text>
      <div>
        <TagList tags={dashboard.tags ?? []} />
      </div>
      <div style={{ flexGrow: 1 }} />
      {marks.map((annotation) => (
        <Mark key={annotation.name} {...annotation} />
      ))}
      {(dashboard.links ?? []).map((link) => (
        <LinkButton key={link.title} variant="secondary" size="sm" icon={link.type === 'dashboards' ? 'apps' : 'external-link-alt'}>
          {link.title}
        </LinkButton>
      ))}
    </div>
  );
}

function Mark({ name, iconColor }) {
  const color = useTheme2().visualization.getColorByName(iconColor);
  return (
    <Stack direction="row" alignItems="center" gap={1}>
      <span style={{ width: 0, height: 14, borderLeft: `2px dashed ${color}` }} />
      <Text variant="bodySmall" color="secondary">
        {name}
      </Text>
    </Stack>
  );
}
