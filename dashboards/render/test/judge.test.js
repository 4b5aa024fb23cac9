import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faults, gaps, quiet } from '../tool/judge.js';

const well = { title: 'Wait time', type: 'timeseries', found: true, numbers: 60, emptyQueries: [], noData: false, painted: true, text: 'p50 1 ms' };

test('a chart with numbers and paint is well', () => {
  assert.deepEqual(faults(well), []);
  assert.deepEqual(gaps(well), []);
});

test('a panel without numbers is refused, whatever it draws', () => {
  assert.deepEqual(faults({ ...well, numbers: 0 }), ['No data']);
  assert.deepEqual(faults({ ...well, noData: true }), ['No data']);
  assert.deepEqual(faults({ ...well, type: 'stat', numbers: 0, text: 'No data' }), ['No data']);
});

test('numbers that are not to be seen are refused', () => {
  assert.equal(faults({ ...well, painted: false }).length, 1);
  assert.equal(faults({ ...well, type: 'stat', text: '' }).length, 1);
  assert.equal(faults({ ...well, found: false }).length, 1);
});

test('a failed query is told in its own words', () => {
  assert.match(faults({ ...well, error: 'parse error' })[0], /parse error/);
  assert.match(faults({ ...well, error: 'parse error', mayBeEmpty: true, numbers: 0 })[0], /parse error/);
});

test('one query without data among others is a gap', () => {
  assert.deepEqual(gaps({ ...well, emptyQueries: ['D'] }), ['D']);
  assert.deepEqual(gaps({ ...well, emptyQueries: ['A'], numbers: 0 }), [], 'then the panel is a fault already');
});

test('only what may be empty is quiet, and only if no query failed', () => {
  const empty = { ...well, numbers: 0 };
  assert.equal(quiet(empty), false);
  assert.equal(quiet({ ...empty, mayBeEmpty: true }), true);
  assert.equal(quiet({ ...empty, mayBeEmpty: true, error: 'parse error' }), false);
});
