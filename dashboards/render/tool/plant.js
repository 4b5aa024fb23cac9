// A mistake planted in a dashboard, to see that it is found.

/** The dashboard with every metric of ours misspelt in the queries of its panels. */
export function misspelt(dashboard) {
  return { ...dashboard, panels: dashboard.panels.map(misspeltPanel) };
}

function misspeltPanel(panel) {
  return {
    ...panel,
    ...(panel.panels && { panels: panel.panels.map(misspeltPanel) }),
    targets: panel.targets?.map((target) => ({ ...target, expr: target.expr?.replace(/\bclearpool([_:])/g, 'clearpoool$1') })),
  };
}
