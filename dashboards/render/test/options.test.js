import assert from 'node:assert/strict';
import { test } from 'node:test';
import { options } from '../tool/options.js';

test('one panel is drawn after a short play, all dashboards after a long one', () => {
  assert.equal(options([]).for, 60);
  assert.equal(options(['--panel', 'P', '--dashboard', 'pool', '--out', 'f']).for, 20);
});

test('a mistake says what is wanted', () => {
  assert.throws(() => options(['--panel', 'P']), /--panel needs --dashboard NAME and --out FILE/);
  assert.throws(() => options(['--prove']), /--prove needs --panel/);
  assert.throws(() => options(['--theme', 'blue']), /dark or light, not blue/);
  assert.throws(() => options(['--for', '5']), /from 10, not 5/);
  assert.throws(() => options(['--until', 'tomorrow']), /not tomorrow/);
  assert.throws(() => options(['--pannel', 'P']), /--pannel/);
});
