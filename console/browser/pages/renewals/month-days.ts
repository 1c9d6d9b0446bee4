/**
 * A month as a calendar has it: weeks from Monday, with nothing before its first and after its last day. `from`: without
 * the weeks that end before that day.
 */
export function weeksOf(month: string, from = ''): (string | null)[][] {
  const [year, number] = month.split('-').map(Number) as [number, number];
  const first = (new Date(Date.UTC(year, number - 1, 1)).getUTCDay() + 6) % 7;
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const cells = [
    ...Array.from({ length: first }, () => null),
    ...Array.from({ length }, (_, day) => `${month}-${String(day + 1).padStart(2, '0')}`),
  ];
  while (cells.length % 7 > 0) cells.push(null);
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7)).filter(
    (week) => week.some((day) => day !== null && day >= from),
  );
}

/** The months from the first to the last of these days, each once. */
export function monthsOf(days: readonly string[]): string[] {
  const sorted = days.map((day) => day.slice(0, 7)).sort();
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [];
  const months = [first];
  for (let month = first; month < last; ) {
    const [year, number] = month.split('-').map(Number) as [number, number];
    month = number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
    months.push(month);
  }
  return months;
}
