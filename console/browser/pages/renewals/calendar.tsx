import Button from '@cloudscape-design/components/button';
import type { RenewalDayAnswer } from '../../api/types.ts';
import { countText } from '../../parts/figures.ts';
import { MoneyList } from '../../parts/money.tsx';
import { monthsOf, weeksOf } from './month-days.ts';

const monthName = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric', timeZone: 'UTC' });
const dayName = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeZone: 'UTC' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short', timeZone: 'UTC' });
/** The fifth of January 1970 was a Monday. */
const weekdays = Array.from({ length: 7 }, (_, day) => weekday.format(new Date((day + 4) * 86_400_000)));
const at = (day: string) => new Date(`${day}T00:00:00Z`);

/** The months in which something renews; choosing a day shows what does. */
export function Calendar({
  days,
  chosen,
  onChoose,
}: {
  days: RenewalDayAnswer[];
  chosen: string | undefined;
  onChoose(day: string | undefined): void;
}) {
  // Weeks that are over hold nothing that one could still decide.
  const first = days.map(({ day }) => day).sort()[0];
  const known = new Map(days.map((each) => [each.day, each]));
  return (
    <div className="stack">
      {monthsOf(days.map(({ day }) => day)).map((month) => (
        <table key={month} className="month">
          <caption>{monthName.format(at(`${month}-01`))}</caption>
          <thead>
            <tr>
              {weekdays.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {weeksOf(month, first).map((week, row) => (
              <tr key={`${month} ${week.find(Boolean)}`}>
                {week.map((day, column) => (
                  <Day
                    key={day ?? `${row} ${column}`}
                    day={day}
                    renewals={day === null ? undefined : known.get(day)}
                    chosen={day !== null && day === chosen}
                    onChoose={onChoose}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </div>
  );
}

function Day({
  day,
  renewals,
  chosen,
  onChoose,
}: {
  day: string | null;
  renewals: RenewalDayAnswer | undefined;
  chosen: boolean;
  onChoose(day: string | undefined): void;
}) {
  const number = day === null ? '' : Number(day.slice(8));
  if (day === null || !renewals) return <td data-empty="">{number}</td>;
  const { count, ending, money } = renewals;
  const said = `${countText(count)} ${count === 1 ? 'term ends' : 'terms end'}`;
  return (
    <td data-chosen={chosen || undefined}>
      {number}{' '}
      <Button
        variant="inline-link"
        ariaLabel={`${dayName.format(at(day))}: ${said}`}
        ariaExpanded={chosen}
        onClick={() => onChoose(chosen ? undefined : day)}
      >
        {countText(count)} {count === 1 ? 'term' : 'terms'}
      </Button>
      {ending > 0 && <small> {countText(ending)} not renewing</small>}
      <div className="sums">
        <MoneyList amounts={money} places={2} />
      </div>
    </td>
  );
}
