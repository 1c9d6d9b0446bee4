import {
  Bar,
  BarChart,
  CartesianGrid,
  Legend,
  Line,
  LineChart,
  ReferenceDot,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';

/** One position of the chart: `at`, and each series' value, or null. */
export interface Point {
  at: string;
  [series: string]: string | number | null;
}

/** A line, and where a value is known a dot on it that opens what happened then. */
export interface Mark {
  at: string;
  value: number | null;
  /** "Show the import of …" */
  does: string;
  open(): void;
}

export interface DrawnProps {
  /** `bars` are stacked, one per position; `steps` keep a value until the next instant, and `at` is that instant. */
  kind: 'bars' | 'steps';
  points: Point[];
  series: { key: string; name: string }[];
  /** Formats `at`. */
  atText?(at: string): string;
  /** Instants to mark, such as imports. */
  marks?: Mark[];
  height?: number;
}

const dashes = ['0', '6 3', '2 3', '8 3 2 3'];
const colour = (index: number) => `var(--chart-${(index % 4) + 1})`;
const axis = { stroke: 'currentColor', tick: { fill: 'currentColor' } };

/** Loaded when a chart is first shown: see chart.tsx. */
export default function Drawn({ kind, points, series, atText, marks = [], height = 240 }: DrawnProps) {
  const Frame = kind === 'bars' ? BarChart : LineChart;
  const steps = kind === 'steps';
  const text = (at: string | number) =>
    atText ? atText(steps ? new Date(at).toISOString() : String(at)) : String(at);
  // Steps are placed by time, so that all days are equally wide.
  const placed = steps ? points.map((point) => ({ ...point, time: Date.parse(point.at) })) : points;
  return (
    <ResponsiveContainer width="100%" height={height}>
      <Frame data={placed} margin={{ top: 8, right: 16, bottom: 0, left: 0 }}>
        <CartesianGrid vertical={false} stroke="currentColor" strokeOpacity={0.15} />
        {steps ? (
          <XAxis
            dataKey="time"
            type="number"
            scale="time"
            domain={['dataMin', 'dataMax']}
            tickFormatter={text}
            minTickGap={40}
            {...axis}
          />
        ) : (
          <XAxis dataKey="at" tickFormatter={text} minTickGap={24} {...axis} />
        )}
        <YAxis width={48} allowDecimals={false} {...axis} />
        <Tooltip
          labelFormatter={(at) => text(at as string | number)}
          contentStyle={{ background: 'var(--chart-ground)', color: 'inherit' }}
        />
        <Legend />
        {marks.map(({ at }) => (
          <ReferenceLine
            key={at}
            x={steps ? Date.parse(at) : at}
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
              // Distinguishable without colour too.
              strokeDasharray={dashes[index % dashes.length]}
              dot={{ r: 3, fill: 'var(--chart-ground)' }}
              connectNulls
              isAnimationActive={false}
            />
          ),
        )}
        {marks.map(
          (mark) =>
            mark.value !== null && (
              <ReferenceDot
                key={mark.at}
                x={steps ? Date.parse(mark.at) : mark.at}
                y={mark.value}
                shape={({ cx, cy }) => <MarkDot cx={cx} cy={cy} {...mark} />}
              />
            ),
        )}
      </Frame>
    </ResponsiveContainer>
  );
}

function MarkDot({ cx, cy, does, open }: Mark & { cx: number | undefined; cy: number | undefined }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: no button stands inside a drawing
    <circle
      className="mark"
      cx={cx}
      cy={cy}
      r={7}
      role="button"
      tabIndex={0}
      aria-label={does}
      onClick={open}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        open();
      }}
    >
      <title>{does}</title>
    </circle>
  );
}
