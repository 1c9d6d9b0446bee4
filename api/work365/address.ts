import { reads, writes } from './contract.ts';

export const work365Prefix = '/work365';

const segmentsOf = (path: string) => path.split('/').filter((segment) => segment !== '');

const prefix = `${work365Prefix}/:integrationId`;
const routes = [...new Set([...reads.map(({ url }) => url), ...writes.map(({ url }) => url)])]
  .map((url) => segmentsOf(prefix + url))
  // Static segments before ids, as in the router.
  .sort((one, other) => one.filter(isId).length - other.filter(isId).length);

function isId(segment: string): boolean {
  return segment.startsWith(':');
}

/**
 * Normalises the path to our routes. Base URLs are entered by hand and joined in various ways, so doubled or trailing
 * slashes and another case mean the same route; ids keep their case.
 */
export function canonicalUrl(url: string): string {
  if (!/^\/+work365(\/|\?|$)/i.test(url)) return url;
  const [, path, query] = /^([^?]*)(.*)$/s.exec(url)!;
  const given = segmentsOf(path!);
  const route = routes.find(
    (segments) =>
      segments.length === given.length &&
      segments.every((segment, n) => isId(segment) || segment === given[n]!.toLowerCase()),
  );
  const segments = given.map((segment, n) => (!route || isId(route[n]!) ? segment : route[n]!));
  // Unknown routes are answered under the prefix too.
  return `/${[segments[0]!.toLowerCase(), ...segments.slice(1)].join('/')}${query}`;
}
