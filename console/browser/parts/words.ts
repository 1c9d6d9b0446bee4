const whole: Record<string, string> = {
  url: 'URL',
  id: 'ID',
  api: 'API',
  no: 'number',
  utc: 'UTC',
  sku: 'SKU',
};

/** A readable name: `baseUrl` becomes "Base URL", `third_party_id` "Third party ID". */
export function labelOf(name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .split(/[\s_-]+/)
    .map((word) => whole[word.toLowerCase()] ?? word.toLowerCase());
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const units: Record<string, string> = { D: 'day', M: 'month', Y: 'year' };

/** A term in words: `P1Y` is "a year", `P3M` is "3 months"; any other text stays as it is. */
export function termText(term: string): string {
  const [, count, unit = ''] = /^P(\d+)([DMY])$/.exec(term) ?? [];
  if (!count) return term;
  return count === '1' ? `a ${units[unit]}` : `${count} ${units[unit]}s`;
}
