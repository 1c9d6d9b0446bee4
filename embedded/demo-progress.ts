import { Presets, SingleBar } from 'cli-progress';
import type { Import, ImportEvent } from './demo-api.ts';

interface Phase {
  doing: string;
  value: number;
  total: number;
}

const everyMs = 3_000;

/** Shows an import from its events: a bar in a terminal, a line now and then elsewhere. */
export async function showProgress(
  kind: Import['kind'],
  events: AsyncIterable<ImportEvent>,
  out: NodeJS.WriteStream = process.stderr,
): Promise<void> {
  const display = out.isTTY ? bar(kind, out) : lines(kind, out);
  try {
    for await (const event of events)
      if (event.type === 'progress') display.show(phaseOf(event.data), event.data.calls);
  } finally {
    display.end();
  }
}

/** Listing the distributor first, then writing to the destination. */
function phaseOf({ received, total, planned, applied }: Import['progress']): Phase {
  if (planned > 0) return { doing: 'written to HaloPSA', value: applied, total: planned };
  return { doing: 'listed by ArrowSphere', value: received, total: total ?? received };
}

function bar(kind: string, stream: NodeJS.WriteStream) {
  const bar = new SingleBar(
    {
      stream,
      format: `  ${kind.padEnd(13)} {bar} {shown} {doing}, {calls} calls`,
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      linewrap: false,
      emptyOnZero: true,
    },
    Presets.shades_classic,
  );
  bar.start(1, 0, { shown: '', doing: 'asking', calls: 0 });
  return {
    show({ doing, value, total }: Phase, calls: number) {
      bar.setTotal(Math.max(total, 1));
      bar.update(value, { shown: `${figure(value)}/${figure(total)}`, doing, calls });
    },
    end: () => bar.stop(),
  };
}

function lines(kind: string, out: NodeJS.WriteStream) {
  let said = { doing: '', at: 0 };
  return {
    show({ doing, value, total }: Phase, calls: number) {
      const at = performance.now();
      if (doing === said.doing && at - said.at < everyMs && value < total) return;
      if (doing === said.doing && value === total && said.at === Number.POSITIVE_INFINITY) return;
      said = { doing, at: value === total ? Number.POSITIVE_INFINITY : at };
      out.write(`  ${kind}: ${figure(value)}/${figure(total)} ${doing}, ${figure(calls)} calls\n`);
    },
    end() {},
  };
}

export const figure = (value: number): string => value.toLocaleString('en-US');
