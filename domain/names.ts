/**
 * Company names compared the way a person would, to keep a client from being made twice. Never used to map.
 */
const legalForms = new Set(
  (
    'ab as asa aps a/s bv b.v cv nv n.v vof gmbh mbh ag kg ohg ug ev e.v gbr se sa s.a sas s.a.s sarl s.a.r.l srl s.r.l spa s.p.a ' +
    'sl s.l slu sia oy oyj ou oü uab kft zrt bt sp spzoo zoo z.o.o sro s.r.o as a.s d.o.o doo ' +
    'ltd limited llp llc plc p.l.c inc incorporated corp corporation co company cic lp pty pte ' +
    'ltda sapi eirl'
  ).split(' '),
);

/** How many words at the end are a legal form, spelled apart (`sp z oo`, `s a`) or not, or an `and` left by one. */
function ending(words: string[]): number {
  for (let count = Math.min(4, words.length - 1); count > 0; count--)
    if (legalForms.has(words.slice(-count).join(''))) return count;
  return words.length > 1 && words.at(-1) === 'and' ? 1 : 0;
}

/** The name with case, spacing, punctuation, Unicode form and legal form set aside. */
export function matchKey(name: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/ø/g, 'o')
    .replace(/æ/g, 'ae')
    .replace(/ł/g, 'l')
    .replace(/&/g, ' and ')
    .replace(/(\p{L})\.(?=\p{L}\b)/gu, '$1')
    .replace(/[^\p{L}\p{N}/]+/gu, ' ')
    .trim()
    .split(/\s+/);
  for (let cut = ending(words); cut > 0; cut = ending(words)) words.length -= cut;
  // A name that is nothing but punctuation keeps itself, so that it equals no other.
  return words.join(' ') || name.trim();
}
