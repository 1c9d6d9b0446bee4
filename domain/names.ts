/**
 * Compares company names as a person would, so that no client is created twice. Never used to map.
 */
const legalForms = new Set(
  (
    'ab as asa aps a/s ivs ks bv cv nv vof gmbh mbh ag kg ohg ug ev gbr eg se sa sas sarl sasu srl srls spa snc sl slu sia oy oyj ' +
    'ou uab kft zrt bt nyrt sp spzoo spj sro doo eood ood ltd limited llp llc plc dac inc incorporated corp corporation co ' +
    'company cic lp pty pte bhd ltda eireli sapi eirl'
  ).split(' '),
);

/** Letters that Unicode normalisation does not decompose. */
const letters: Record<string, string> = {
  ß: 'ss', ø: 'o', æ: 'ae', œ: 'oe', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', '&': ' and ', '+': ' and ',
}; // biome-ignore format: a table

/** The name without case, spacing, punctuation, Unicode variants and legal form. */
export function matchKey(name: string): string {
  const words = name
    .normalize('NFKD')
    // Removes combining marks and invisible characters: soft hyphens, joiners, zero-width spaces.
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .toLowerCase()
    .replace(/[ßøæœłđðþı&+]/g, (sign) => letters[sign]!)
    .replace(/(?<=\p{L})\.(?=\p{L}(?!\p{L}))/gu, '')
    .replace(/[^\p{L}\p{N}/]+/gu, ' ')
    .trim()
    .split(' ');
  for (let size = formAtEnd(words); size > 0; size = formAtEnd(words)) words.splice(-size);
  // A name made only of punctuation is kept as it is, so that it equals no other.
  return words.join(' ') || name.trim();
}

/** How many words at the end form a legal form, also spelled apart (`S. A.`, `sp. z o.o.`), or an `and` left by one. */
function formAtEnd(words: string[]): number {
  for (let size = Math.min(4, words.length - 1); size > 0; size--)
    if (legalForms.has(words.slice(-size).join(''))) return size;
  return words.length > 1 && words.at(-1) === 'and' ? 1 : 0;
}
