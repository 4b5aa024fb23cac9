// The dashboards and rules as a monitoring mixin, for those who keep theirs in jsonnet. All of it is generated: see
// ../README.md. Change `_config` rather than the files.
{
  _config+:: {
    // What stands before the name of a runbook page.
    runbooks: 'https://github.com/clearpool/clearpool/blob/main/docs/runbooks/',
    // The uid of the data source that has the traces.
    tracesUid: 'tempo',
    // Added to the tags that the dashboards have.
    extraTags: [],
  },

  local config = $._config,

  // Links to traces are escaped for a URL: "datasource":"tempo" and "uid":"tempo".
  local toTraces(json, key) =
    local before = '%22' + key + '%22%3A%22';
    std.strReplace(json, before + 'tempo%22', before + config.tracesUid + '%22'),

  local dashboard(json) =
    std.parseJson(toTraces(toTraces(json, 'datasource'), 'uid')) + { tags+: config.extraTags },

  grafanaDashboards+:: {
    'clearpool-fleet.json': dashboard(importstr '../grafana/fleet.json'),
    'clearpool-pool.json': dashboard(importstr '../grafana/pool.json'),
    'clearpool-endpoints.json': dashboard(importstr '../grafana/endpoints.json'),
    'clearpool-policies.json': dashboard(importstr '../grafana/policies.json'),
    'clearpool-telemetry.json': dashboard(importstr '../grafana/telemetry.json'),
  },

  local rules = import 'prometheus.json',

  prometheusRules+:: rules.rules,

  prometheusAlerts+:: {
    groups: [
      group + {
        rules: [
          alert + { annotations+: { runbook_url: config.runbooks + alert.alert + '.md' } }
          for alert in group.rules
        ],
      }
      for group in rules.alerts.groups
    ],
  },
}
