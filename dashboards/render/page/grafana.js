// The services that Grafana's application gives to its libraries, as far as drawing needs them.
import { DataTopic, LoadingState, createTheme, standardTransformers, standardTransformersRegistry } from '@grafana/data';
import {
  config,
  setBackendSrv,
  setDataSourceSrv,
  setEchoSrv,
  setGrafanaLiveSrv,
  setLocationSrv,
  setRunRequest,
  setTemplateSrv,
} from '@grafana/runtime';
import { from as observableFrom, of } from 'rxjs';
import { catchError, map } from 'rxjs/operators';
import { Prometheus, instance } from './prometheus.js';
import { mode } from './settings.js';

export const theme = createTheme({ colors: { mode } });

export function provideServices() {
  config.theme2 = theme;
  config.theme = theme.v1;

  const source = new Prometheus();
  setDataSourceSrv({
    get: async () => source,
    getList: () => [instance],
    getInstanceSettings: () => instance,
    registerRuntimeDataSource() {},
    reload() {},
  });
  setRunRequest((datasource, request) => {
    const answer = { series: [], annotations: [], timeRange: request.range, request, structureRev: 1 };
    return datasource.query(request).pipe(
      map(({ data }) => {
        const annotations = data.filter((frame) => frame.meta?.dataTopic === DataTopic.Annotations);
        const series = data.filter((frame) => !annotations.includes(frame));
        return { ...answer, state: LoadingState.Done, series, annotations };
      }),
      catchError((error) => of({ ...answer, state: LoadingState.Error, errors: [{ message: error.message }] })),
    );
  });

  const nothing = () => observableFrom([]);
  setBackendSrv({ fetch: nothing, get: async () => ({}), post: async () => ({}), datasourceRequest: async () => ({}) });
  setGrafanaLiveSrv({
    getStream: nothing,
    getDataStream: nothing,
    getConnectionState: () => observableFrom([true]),
    getPresence: nothing,
    publish: async () => ({}),
  });
  setTemplateSrv({ replace: (text) => text, getVariables: () => [], containsTemplate: () => false, updateTimeRange() {} });
  setLocationSrv({ update() {} });
  setEchoSrv({ flush() {}, addBackend() {}, addEvent() {} });

  standardTransformersRegistry.setInit(() =>
    // Some are there under two names.
    [...new Set(Object.values(standardTransformers))].map((transformation) => ({
      id: transformation.id,
      name: transformation.name,
      transformation,
      editor: () => null,
    })),
  );
}
