// Grafana's panel plugins are not published as packages. Each is made here around the component of
// @grafana/ui that the plugin itself is made around, with the defaults of the plugin.
import {
  FieldColorModeId,
  PanelPlugin,
  displayNameOverrideProcessor,
  identityOverrideProcessor,
  numberOverrideProcessor,
  standardEditorsRegistry,
  standardFieldConfigEditorRegistry,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';
import { setPluginImportUtils } from '@grafana/runtime';
import { BarGaugePanel } from './panels/bar-gauge.jsx';
import { GaugePanel } from './panels/gauge.jsx';
import { StatPanel } from './panels/stat.jsx';
import { TablePanel, tableFields } from './panels/table.jsx';
import { TextPanel } from './panels/text.jsx';
import { TimeSeriesPanel, timeSeriesFields } from './panels/time-series.jsx';

const plugins = {
  bargauge: plugin('bargauge', BarGaugePanel),
  gauge: plugin('gauge', GaugePanel),
  stat: plugin('stat', StatPanel),
  table: plugin('table', TablePanel, tableFields),
  text: plugin('text', TextPanel),
  timeseries: plugin('timeseries', TimeSeriesPanel, timeSeriesFields, FieldColorModeId.PaletteClassic),
};

export function providePlugins() {
  standardEditorsRegistry.setInit(() => []);
  standardFieldConfigEditorRegistry.setInit(() => [
    option('unit', unitOverrideProcessor),
    option('min', numberOverrideProcessor),
    option('max', numberOverrideProcessor),
    option('fieldMinMax', identityOverrideProcessor),
    option('decimals', numberOverrideProcessor),
    option('displayName', displayNameOverrideProcessor),
    option('description', stringOverrideProcessor),
    option('noValue', stringOverrideProcessor),
    option('links', identityOverrideProcessor),
    option('mappings', valueMappingsOverrideProcessor, []),
    option('filterable', identityOverrideProcessor),
    option('thresholds', thresholdsOverrideProcessor, {
      mode: 'absolute',
      steps: [
        { value: -Infinity, color: 'green' },
        { value: 80, color: 'red' },
      ],
    }),
    option('color', identityOverrideProcessor, { mode: FieldColorModeId.Thresholds }),
  ]);
  setPluginImportUtils({
    importPanelPlugin: async (id) => plugins[id] ?? Promise.reject(new Error(`no panel of the type ${id} is known here`)),
    getPanelPluginFromCache: (id) => plugins[id],
  });
}

function plugin(id, component, customFields = {}, color = FieldColorModeId.Thresholds) {
  const made = new PanelPlugin(component);
  made.meta = { id, name: id, info: { logos: {} } };
  made.setDataSupport({ annotations: id === 'timeseries', alertStates: false });
  made.useFieldConfig({
    standardOptions: { color: { defaultValue: { mode: color } } },
    useCustomConfig(builder) {
      for (const [path, defaultValue] of Object.entries(customFields)) {
        builder.addCustomEditor({ ...option(path, identityOverrideProcessor, defaultValue) });
      }
    },
  });
  return made;
}

function option(path, process, defaultValue) {
  return {
    id: path,
    path,
    name: path,
    process,
    defaultValue,
    shouldApply: () => true,
    editor: () => null,
    override: () => null,
    settings: {},
  };
}
