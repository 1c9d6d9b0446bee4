import { z } from 'zod';

/**
 * Says what is wrong with a value in our own words ("must be 200 or less"), without quoting it. Called once before the
 * first request, because it sets the library's messages globally.
 */
export function sayInputFaults(): void {
  z.config({ localeError: inputWords });
}

type Issue = Parameters<z.core.$ZodErrorMap>[0];

const kinds: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
  undefined: 'left out',
};

const formats: Record<string, string> = {
  uuid: 'a UUID',
  url: 'a URL',
  email: 'an e-mail address',
  datetime: 'an instant such as 2026-11-01T08:00:00Z',
  date: 'a date such as 2026-11-01',
  duration: 'an ISO 8601 duration such as PT6H',
};

function inputWords(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return required(issue.path);
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value': {
      const values = issue.values.map(String);
      if (issue.input === undefined) return required(issue.path);
      return values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(', ')}`;
    }
    case 'too_small':
      return bound(issue.origin, Number(issue.minimum), issue.inclusive ?? true, 'least');
    case 'too_big':
      return bound(issue.origin, Number(issue.maximum), issue.inclusive ?? true, 'most');
    case 'invalid_format':
      return `must be ${formats[issue.format] ?? 'of another form: see /docs'}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return 'is not known here';
    case 'invalid_union':
      return ofUnion(issue);
    default:
      return 'is not valid';
  }
}

function required(path: readonly PropertyKey[] | undefined): string {
  const name = path?.at(-1);
  return typeof name === 'string' ? `${name} is required` : 'is required';
}

/** Limits of texts, lists and numbers. */
function bound(origin: string, limit: number, inclusive: boolean, side: 'least' | 'most'): string {
  if (origin === 'string') {
    if (side === 'least' && limit === 1) return 'must not be empty';
    return `must have at ${side} ${limit} characters`;
  }
  if (['array', 'set', 'map', 'record', 'object'].includes(origin)) {
    if (side === 'least' && limit === 1) return 'must not be empty';
    return `must have at ${side} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  }
  if (!inclusive) return `must be ${side === 'least' ? 'more' : 'less'} than ${limit}`;
  return `must be ${limit} or ${side === 'least' ? 'more' : 'less'}`;
}

/** The alternatives, without repetition. */
function ofUnion(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  if (issue.input === undefined) return required(issue.path);
  if ('options' in issue && Array.isArray(issue.options)) return `must be one of ${issue.options.join(', ')}`;
  const ways = issue.errors.flatMap((issues) => issues.slice(0, 1).map(({ message }) => message));
  const told = [...new Set(ways)];
  return told.length > 0 && told.every((way) => way.startsWith('must be '))
    ? `must be ${told.map((way) => way.slice('must be '.length)).join(' or ')}`
    : 'is not valid';
}
