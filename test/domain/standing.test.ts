import { expect, test } from 'vitest';
import { noCounts } from '../../domain/import.ts';
import { standingOf, tallyOf } from '../../domain/standing.ts';

test('what was written is in step; what is only reported, or failed, has drifted', () => {
  const counts = { ...noCounts, unchanged: 10, created: 2, updated: 1, held: 3, failed: 4, quarantined: 5 };
  expect(tallyOf([{ mode: 'apply', counts }])).toEqual({ inStep: 13, drifted: 9, held: 3 });
  expect(tallyOf([{ mode: 'observe', counts }])).toEqual({ inStep: 10, drifted: 12, held: 3 });
  expect(tallyOf([])).toEqual({ inStep: 0, drifted: 0, held: 0 });
});

test('an integration is what matters most of it now', () => {
  const of = { running: false, paused: false, last: [{ state: 'completed' }], tally: tallyOf([]) };
  expect(standingOf(of)).toBe('in-step');
  expect(standingOf({ ...of, last: [] })).toBe('never-run');
  expect(standingOf({ ...of, last: [{ state: 'incomplete' }] })).toBe('drifted');
  expect(standingOf({ ...of, tally: { inStep: 1, drifted: 1, held: 0 } })).toBe('drifted');
  expect(standingOf({ ...of, tally: { inStep: 1, drifted: 1, held: 1 } })).toBe('held');
  const failed = { ...of, last: [{ state: 'completed' }, { state: 'failed' }] };
  expect(standingOf(failed)).toBe('failed');
  expect(standingOf({ ...failed, paused: true })).toBe('paused');
  expect(standingOf({ ...failed, paused: true, running: true })).toBe('running');
});
