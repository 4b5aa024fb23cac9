// What the tool asks of the page when it has been drawn: see `judge` in tool/judge.js.
import { LoadingState } from '@grafana/data';
import { SceneQueryRunner, SceneDataTransformer, VizPanel, sceneGraph } from '@grafana/scenes';

window.clearpool = { scene: undefined, complaints: [], settled, panels };

/** Keeps what went wrong, for the tool. Gives nothing. */
export function complain(what) {
  window.clearpool.complaints.push(what);
}

/** Whether all data has arrived. */
function settled() {
  const { scene } = window.clearpool;
  return scene !== undefined && !sceneGraph.hasVariableDependencyInLoadingState(scene) && allPanels().every((panel) => {
    const state = data(panel)?.state;
    return panel.state._pluginLoadError !== undefined || state === LoadingState.Done || state === LoadingState.Error;
  });
}

/** Each panel: its key, what it should show, how many numbers it was given, which queries gave none. */
function panels() {
  return allPanels().map((panel) => {
    const answer = data(panel);
    const frames = answer?.series ?? [];
    const queries = runner(panel)?.state.queries ?? [];
    const empty = queries.filter((query) => !query.hide && numbers(raw(panel).filter((frame) => frame.refId === query.refId)) === 0);
    return {
      key: panel.state.key,
      title: panel.state.title,
      type: panel.state.pluginId,
      numbers: numbers(frames),
      mayBeEmpty: panel.state.fieldConfig.defaults.noValue !== undefined,
      emptyQueries: empty.map((query) => query.refId),
      error: panel.state._pluginLoadError ?? answer?.errors?.[0]?.message ?? answer?.error?.message,
    };
  });
}

function allPanels() {
  return sceneGraph.findAllObjects(window.clearpool.scene, (object) => object instanceof VizPanel);
}

function data(panel) {
  return sceneGraph.getData(panel).state.data;
}

function raw(panel) {
  return runner(panel)?.state.data?.series ?? [];
}

function runner(panel) {
  const source = panel.state.$data;
  return source instanceof SceneDataTransformer ? source.state.$data : source instanceof SceneQueryRunner ? source : undefined;
}

function numbers(frames) {
  const values = frames.flatMap((frame) => frame.fields.filter((field) => field.type === 'number').flatMap((field) => field.values));
  return values.filter(Number.isFinite).length;
}
