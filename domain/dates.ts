/**
 * An instant (`YYYY-MM-DDTHH:MM:SSZ`) when the text carries a zone or `zoneless` says which is meant, else a plain
 * date (`YYYY-MM-DD`), else null. Years beyond 2100 and 1901 or earlier mean "no date" at ArrowSphere and HaloPSA.
 * Offsets without a colon (`-0400`) are read too.
 */
export function canonicalDate(value: unknown, zoneless: 'utc' | 'local' = 'local'): string | null {
  if (typeof value !== 'string') return null;
  if (instant.test(value)) return `${value.slice(0, 19)}Z`;
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?$/i.exec(
    value.trim(),
  );
  if (!match) return null;
  const [, year, month, day, time, zone] = match;
  if (Number(year) > 2100 || Number(year) <= 1901) return null;
  const date = `${year}-${month}-${day}`;
  const clock = time ? (time.length === 5 ? `${time}:00` : time) : '00:00:00';
  if (!zone && zoneless === 'local') return Number.isNaN(Date.parse(`${date}T${clock}Z`)) ? null : date;
  const offset = !zone || zone.toUpperCase() === 'Z' ? 'Z' : zone.replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2');
  const at = new Date(`${date}T${clock}${offset}`);
  return Number.isNaN(at.getTime()) ? null : at.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** An instant in UTC, which most dates are: nothing to work out. Days that some month lacks take the long way. */
const instant =
  /^(19[1-9]|20\d)\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z$/;
