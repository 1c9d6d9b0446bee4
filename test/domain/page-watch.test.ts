import { expect, test } from 'vitest';
import { createPageWatch, type PagesSeen, type SeenPage } from '../../domain/page-watch.ts';

const nothing: PagesSeen = { cursors: [], digests: [], empty: 0, received: 0 };
const page = (n: number, change: Partial<SeenPage> = {}): SeenPage => ({
  cursor: `c${n}`,
  digest: `d${n}`,
  received: 10,
  declared: null,
  next: `c${n + 1}`,
  more: true,
  ...change,
});

/** The number of the page after which the listing stops, and why. */
function end(pages: SeenPage[], seen = nothing): [number, string] | null {
  const watch = createPageWatch(seen);
  for (const [n, one] of pages.entries()) {
    const reason = watch(one);
    if (reason) return [n + 1, reason];
  }
  return null;
}

test.each([1, 2, 7, 300])('a circle of %d pages ends with the first that comes again', (circle) => {
  const pages = Array.from({ length: 1_000 }, (_, n) => page(n, { digest: `d${n % circle}` }));
  expect(end(pages)).toEqual([circle + 1, 'The same page was returned twice.']);
});

test('a circle of tokens ends where a page leads back, though it holds nothing', () => {
  const pages = Array.from({ length: 10 }, (_, n) => page(n, { next: `c${(n + 1) % 4}`, digest: null }));
  expect(end(pages)).toEqual([4, 'The pages form a loop.']);
});

test('what earlier calls saw counts', () => {
  const seen = { cursors: ['c0'], digests: ['d0'], empty: 0, received: 10 };
  expect(end([page(1), page(2, { digest: 'd0' })], seen)).toEqual([2, 'The same page was returned twice.']);
});

test('some empty pages in between are allowed, endless ones are not', () => {
  const empty = (n: number) => page(n, { digest: null, received: 0 });
  expect(end([page(0), ...Array.from({ length: 50 }, (_, n) => empty(n + 1)), page(51)])).toBeNull();
  expect(end(Array.from({ length: 100 }, (_, n) => empty(n)))?.[1]).toMatch(/Too many pages/);
});

test('a page beyond the declared total ends it', () => {
  const pages = Array.from({ length: 9 }, (_, n) => page(n, { declared: 25 }));
  expect(end(pages)).toEqual([4, 'The source declares 25 records and returned more.']);
});

test('a listing that ends by itself is not stopped', () => {
  const pages = [page(0), page(1), page(2, { next: null, more: false, declared: 20 })];
  expect(end(pages)).toBeNull();
});
