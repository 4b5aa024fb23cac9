import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exemplarFrame, seriesFrames, tableFrame } from '../page/frames.js';

const a = { metric: { __name__: 'm', pool: 'orders', state: 'idle' }, values: [[1, '2'], [2, 'NaN'], [3, '+Inf']] };
const named = (legendFormat) => seriesFrames({ refId: 'A', expr: 'm', legendFormat }, [a], 1000)[0];

test('a series is called as its legend wants', () => {
  assert.equal(named('{{pool}} {{ state }}').name, 'orders idle');
  assert.equal(named('{{nothing}}x').name, 'x');
  assert.equal(named('').name, 'm{pool="orders", state="idle"}');
  assert.equal(named('__auto').name, undefined, 'the labels say it');
});

test('what is not a number is a gap, and infinity stays', () => {
  assert.deepEqual(named('').fields[1].values, [2, null, Infinity]);
  assert.deepEqual(named('').fields[0].values, [1000, 2000, 3000]);
});

test('a table has a column for each label that any series has', () => {
  const result = [
    { metric: { pool: 'orders' }, value: [5, '1'] },
    { metric: { endpoint: 'b' }, value: [5, '2'] },
  ];
  const frame = tableFrame({ refId: 'B' }, result, false);
  assert.deepEqual(frame.fields.map((field) => [field.name, field.values]), [
    ['Time', [5000, 5000]],
    ['endpoint', ['', 'b']],
    ['pool', ['orders', '']],
    ['Value #B', [1, 2]],
  ]);
  assert.equal(tableFrame({ refId: 'A' }, result, true).fields.at(-1).name, 'Value');
});

test('exemplars of all series are one frame beside the series', () => {
  const frame = exemplarFrame({ refId: 'A' }, [
    { exemplars: [{ timestamp: 1, value: '0.5' }] },
    { exemplars: [{ timestamp: 2, value: '2' }, { timestamp: 3, value: '3' }] },
  ]);
  assert.equal(frame.meta.dataTopic, 'annotations');
  assert.deepEqual(frame.fields.map((field) => field.values), [[1000, 2000, 3000], [0.5, 2, 3]]);
});
