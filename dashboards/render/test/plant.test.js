import assert from 'node:assert/strict';
import { test } from 'node:test';
import { misspelt } from '../tool/plant.js';

test('every metric of ours is misspelt, by its name and by its rule, and nothing else', () => {
  const panel = (expr) => ({ title: 'a panel of clearpool', targets: [{ expr }] });
  const changed = misspelt({ title: 'Clearpool', panels: [panel('rate(clearpool_closes_total[1m]) / clearpool:x:y + up'), { panels: [panel('clearpool_a')] }] });
  assert.equal(changed.panels[0].targets[0].expr, 'rate(clearpoool_closes_total[1m]) / clearpoool:x:y + up');
  assert.equal(changed.panels[1].panels[0].targets[0].expr, 'clearpoool_a');
  assert.equal(changed.panels[0].title, 'a panel of clearpool');
});
