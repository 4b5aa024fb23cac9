// From the JSON of a dashboard to a scene, as Grafana's application makes one.
import {
  ConstantVariable,
  CustomVariable,
  DataSourceVariable,
  EmbeddedScene,
  QueryVariable,
  SceneControlsSpacer,
  SceneDataLayerSet,
  SceneDataTransformer,
  SceneGridItem,
  SceneGridLayout,
  SceneGridRow,
  SceneQueryRunner,
  SceneRefreshPicker,
  SceneTimePicker,
  SceneTimeRange,
  SceneVariableSet,
  TextBoxVariable,
  VariableValueSelectors,
  VizPanel,
  dataLayers,
} from '@grafana/scenes';
import { from, onlyPanel, to } from './settings.js';

export function sceneOf(dashboard) {
  const layers = (dashboard.annotations?.list ?? []).filter((query) => query.enable && !query.builtIn).map(annotations);
  return new EmbeddedScene({
    $variables: new SceneVariableSet({ variables: (dashboard.templating?.list ?? []).map(variable) }),
    $timeRange: new SceneTimeRange({
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      timeZone: 'utc',
    }),
    $data: new SceneDataLayerSet({ layers }),
    controls: [
      new VariableValueSelectors({}),
      new SceneControlsSpacer(),
      new SceneTimePicker({}),
      new SceneRefreshPicker({ refresh: dashboard.refresh }),
    ],
    body: new SceneGridLayout({ children: rows(dashboard.panels) }),
  });
}

/** The panels below the heading of a row belong to it, up to the next row. */
function rows(panels) {
  const wanted = onlyPanel === null ? panels : only(panels);
  const children = [];
  let row;
  for (const panel of [...wanted].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x)) {
    if (panel.type === 'row') {
      row = new SceneGridRow({
        title: panel.title,
        y: panel.gridPos.y,
        isCollapsed: panel.collapsed,
        children: (panel.panels ?? []).map(item),
      });
      children.push(row);
    } else if (row === undefined) {
      children.push(item(panel));
    } else {
      row.setState({ children: [...row.state.children, item(panel)] });
    }
  }
  return children;
}

/** One panel by its title, at the top of the page and a third of it wide at least. */
function only(panels) {
  const found = panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]).find((panel) => panel.title === onlyPanel);
  if (found === undefined) {
    throw new Error(`the dashboard has no panel with the title "${onlyPanel}"`);
  }
  return [{ ...found, gridPos: { ...found.gridPos, x: 0, y: 0 } }];
}

function item({ gridPos, ...panel }) {
  const { x, y, w: width, h: height } = gridPos;
  return new SceneGridItem({ x, y, width, height, body: vizPanel(panel) });
}

function vizPanel(panel) {
  return new VizPanel({
    key: `panel-${panel.id}`,
    title: panel.title,
    description: panel.description,
    pluginId: panel.type,
    options: panel.options ?? {},
    fieldConfig: panel.fieldConfig,
    displayMode: panel.transparent ? 'transparent' : 'default',
    $data: panel.targets?.length > 0 ? data(panel) : undefined,
  });
}

function data(panel) {
  const runner = new SceneQueryRunner({
    datasource: panel.datasource,
    queries: panel.targets,
    maxDataPoints: panel.maxDataPoints ?? undefined,
    maxDataPointsFromWidth: true,
    minInterval: panel.interval ?? undefined,
  });
  return new SceneDataTransformer({ $data: runner, transformations: panel.transformations ?? [] });
}

function annotations(query) {
  return new dataLayers.AnnotationsDataLayer({ name: query.name, isEnabled: true, isHidden: query.hide, query });
}

/** A variable with the value that the dashboard is saved with. */
function variable({ type, name, label, hide, current, multi, includeAll, allValue, ...rest }) {
  const value = current?.value;
  const common = { name, label: label || undefined, hide: hide || 0, ...(value?.length > 0 && { value, text: current.text }) };
  const choice = { isMulti: multi, includeAll, allValue, defaultToAll: includeAll && !value?.length };
  switch (type) {
    case 'datasource':
      return new DataSourceVariable({ ...common, pluginId: rest.query, value: 'prometheus', text: 'Prometheus' });
    case 'query':
      return new QueryVariable({
        ...common,
        ...choice,
        datasource: rest.datasource,
        query: rest.query,
        refresh: rest.refresh,
        regex: rest.regex,
        sort: rest.sort,
      });
    case 'custom':
      return new CustomVariable({ ...common, ...choice, query: rest.query });
    case 'constant':
      return new ConstantVariable({ ...common, value: rest.query });
    case 'textbox':
      return new TextBoxVariable({ ...common, value: value ?? rest.query });
    default:
      throw new Error(`no variable of the type ${type} is known here (${name})`);
  }
}
