import {
  Bar,
  BarChart,
  CartesianGrid,
  Legend,
  Line,
  LineChart,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';

/** One place along the chart: `at`, and a value of each series, null where there is none. */
export interface Point {
  at: string;
  [series: string]: string | number | null;
}

export interface DrawnProps {
  /** `bars` are stacked; `steps` stay at a value until the next one. */
  kind: 'bars' | 'steps';
  points: Point[];
  series: { key: string; name: string }[];
  /** How `at` is shown. */
  atText?(at: string): string;
  /** Moments to mark, as imports. */
  marks?: { at: string; name: string }[];
  height?: number;
}

const dashes = ['0', '6 3', '2 3', '8 3 2 3'];
const colour = (index: number) => `var(--chart-${(index % 4) + 1})`;

/** Loaded when a chart is first shown: see chart.tsx. */
export default function Drawn({ kind, points, series, atText, marks = [], height = 240 }: DrawnProps) {
  const Frame = kind === 'bars' ? BarChart : LineChart;
  return (
    <ResponsiveContainer width="100%" height={height}>
      <Frame data={points} margin={{ top: 8, right: 8, bottom: 0, left: 0 }}>
        <CartesianGrid vertical={false} stroke="currentColor" strokeOpacity={0.15} />
        <XAxis
          dataKey="at"
          tickFormatter={atText}
          stroke="currentColor"
          tick={{ fill: 'currentColor' }}
          minTickGap={24}
        />
        <YAxis stroke="currentColor" tick={{ fill: 'currentColor' }} width={48} allowDecimals={false} />
        <Tooltip
          labelFormatter={(at) => atText?.(String(at)) ?? String(at)}
          contentStyle={{ background: 'var(--chart-ground)', color: 'inherit' }}
        />
        <Legend />
        {marks.map(({ at, name }) => (
          <ReferenceLine
            key={`${at} ${name}`}
            x={at}
            label={name}
            stroke="currentColor"
            strokeDasharray="2 4"
          />
        ))}
        {series.map(({ key, name }, index) =>
          kind === 'bars' ? (
            <Bar
              key={key}
              dataKey={key}
              name={name}
              stackId="one"
              fill={colour(index)}
              isAnimationActive={false}
            />
          ) : (
            <Line
              key={key}
              dataKey={key}
              name={name}
              type="stepAfter"
              stroke={colour(index)}
              strokeWidth={2}
              // Told apart without colour, too.
              strokeDasharray={dashes[index % dashes.length]}
              dot={{ r: 3 }}
              connectNulls
              isAnimationActive={false}
            />
          ),
        )}
      </Frame>
    </ResponsiveContainer>
  );
}
