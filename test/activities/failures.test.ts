import { ApplicationFailure } from '@temporalio/activity';
import { describe, expect, test } from 'vitest';
import { activityFailure } from '../../activities/failures.ts';
import { connect } from '../../db/client.ts';
import { Failure } from '../../domain/failure.ts';
import type { ImportProblem } from '../../domain/import.ts';
import { testDatabase } from '../support/database.ts';

function told(error: unknown) {
  const failure = activityFailure(error) as ApplicationFailure;
  expect(failure).toBeInstanceOf(ApplicationFailure);
  const [problem] = failure.details as ImportProblem[];
  return { ...problem!, kind: failure.type, retried: !failure.nonRetryable };
}

describe('a title names its own cause', () => {
  test('a database that is away is not the outside system, and is waited for', async () => {
    const sql = connect('postgres://nobody@127.0.0.1:1/none', { max: 1 });
    const error = await sql`select 1`.catch((thrown: unknown) => thrown);
    expect(told(error)).toMatchObject({
      kind: 'database',
      title: "Tributary's database is not available",
      retried: true,
    });
  });

  test('a statement the database refuses is not tried again, and its text is not told', async () => {
    const { sql } = await testDatabase();
    const error = await sql`select ${'ann@example.com'}::int`.catch((thrown: unknown) => thrown);
    const { detail, ...rest } = told(error);
    expect(rest).toMatchObject({ title: "Tributary's database refused a statement", retried: false });
    expect(detail).toContain('22P02');
    expect(detail).not.toContain('ann');
  });

  test('another worker that holds a lock is no outage', () => {
    const { title, retried } = told(new Failure('internal', 'Another worker is writing for this import.'));
    expect(title).not.toMatch(/outside/i);
    expect(retried).toBe(true);
  });

  test('an outage keeps its title, its remedy and its reference', () => {
    const details = { remedy: 'Wait.', reference: 'r-1' };
    expect(told(new Failure('unavailable', 'Ion failed.', details))).toMatchObject({
      title: 'The outside system is not available',
      detail: "Ion failed. Wait. Reference for the vendor's support: r-1.",
    });
  });
});

test('what is no failure of ours is left as it is', () => {
  const error = new TypeError('a mistake');
  expect(activityFailure(error)).toBe(error);
});
