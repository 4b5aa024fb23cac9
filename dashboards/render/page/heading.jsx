// The title of the dashboard with its tags and links, which in Grafana is part of the application.
import { LinkButton, Stack, TagList, Text } from '@grafana/ui';

export function Heading({ dashboard }) {
  return (
    <div style={{ paddingBottom: 12 }}>
      <Stack direction="row" alignItems="center" gap={2}>
        <Text element="h1" variant="h3">
          {dashboard.title}
        </Text>
        <TagList tags={dashboard.tags ?? []} />
        <div style={{ flexGrow: 1 }} />
        {(dashboard.links ?? []).map((link) => (
          <LinkButton key={link.title} variant="secondary" size="sm" icon={link.type === 'dashboards' ? 'apps' : 'external-link-alt'} href={link.url || '#'}>
            {link.title}
          </LinkButton>
        ))}
      </Stack>
    </div>
  );
}
