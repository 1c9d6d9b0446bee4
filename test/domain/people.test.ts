import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AgentLike, type Person, suggestAgents } from '../../domain/people.ts';

const person = (id: string, name: string, email: string | null = null): Person => ({
  id,
  name,
  email,
  extension: null,
});
const agent = (id: string, name: string, email: string | null = null, disabled = false): AgentLike => ({
  id, name, email, disabled,
}); // biome-ignore format: one line

const suggested = (people: Person[], agents: AgentLike[]) =>
  Object.fromEntries(suggestAgents(people, agents));
const none = { agentId: null, reason: null };
const ambiguous = { agentId: null, reason: 'ambiguous' };

describe('whose agent a person is', () => {
  test('e-mail decides before the name', () => {
    const agents = [agent('a', 'Ann Lee', 'bob@x.test'), agent('b', 'Bob Ray', 'ann@x.test')];
    expect(suggested([person('1', 'Ann Lee', ' ANN@x.test ')], agents)).toEqual({
      1: { agentId: 'b', reason: 'email' },
    });
  });

  test('a name is the same whatever its case, spacing and Unicode form', () => {
    expect(suggested([person('1', ' ann   LÉE')], [agent('a', 'Ann Le\u0301e')])).toEqual({
      1: { agentId: 'a', reason: 'name' },
    });
  });

  test('what fits two fits none, on either side, and a name does not settle an e-mail', () => {
    const shared = [person('1', 'Ann', 'desk@x.test'), person('2', 'Bob', 'desk@x.test')];
    expect(suggested(shared, [agent('a', 'Ann', 'desk@x.test')])).toEqual({ 1: ambiguous, 2: ambiguous });
    expect(suggested([person('1', 'Ann')], [agent('a', 'Ann'), agent('b', 'ann')])).toEqual({ 1: ambiguous });
  });

  test('disabled agents are nobody’s, and do not make others ambiguous', () => {
    expect(suggested([person('1', 'Ann')], [agent('a', 'Ann', null, true)])).toEqual({ 1: none });
    expect(suggested([person('1', 'Ann')], [agent('a', 'Ann', null, true), agent('b', 'Ann')])).toEqual({
      1: { agentId: 'b', reason: 'name' },
    });
  });

  test('an empty name or e-mail equals no other', () => {
    expect(suggested([person('1', '  ', ' ')], [agent('a', '', '')])).toEqual({ 1: none });
  });

  test('no agent is suggested to two people by the same reason, whatever the lists', () => {
    const text = fc.constantFrom('', 'ann', 'Ann ', 'bob', 'BOB', 'cy');
    const maybe = fc.option(text);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, maybe), { maxLength: 6 }),
        fc.array(fc.tuple(text, maybe, fc.boolean()), { maxLength: 6 }),
        (people, agents) => {
          const found = [
            ...suggestAgents(
              people.map(([name, email], i) => person(String(i), name, email)),
              agents.map(([name, email, disabled], i) => agent(String(i), name, email, disabled)),
            ).values(),
          ];
          expect(found).toHaveLength(people.length);
          for (const reason of ['email', 'name'] as const) {
            const ids = found.flatMap((one) => (one.reason === reason ? [one.agentId] : []));
            expect(new Set(ids).size).toBe(ids.length);
          }
        },
      ),
    );
  });
});
