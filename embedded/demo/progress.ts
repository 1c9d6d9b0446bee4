import { Presets, SingleBar } from 'cli-progress';
import type { Import, ImportEvent } from './api.ts';

interface Phase {
  doing: string;
  value: number;
  total: number;
}

const everyMs = 3_000;

/** Shows an import's progress from its events: a bar in a terminal, occasional lines elsewhere. */
export async function showProgress(
  kind: Import['kind'],
  events: AsyncIterable<ImportEvent>,
  out: NodeJS.WriteStream = process.stderr,
): Promise<void> {
  const display = out.isTTY ? bar(kind, out) : lines(kind, out);
  try {
    for await (const event of events) if (event.type === 'progress') display.show(phaseOf(event.data));
  } finally {
    display.end();
  }
}

/** First listing the distributor, then writing to the destination. */
function phaseOf({ received, total, planned, applied }: Import['progress']): Phase {
  if (planned > 0) return { doing: 'written to HaloPSA', value: applied, total: planned };
  return { doing: 'received from ArrowSphere', value: received, total: total ?? received };
}

function bar(kind: string, stream: NodeJS.WriteStream) {
  const bar = new SingleBar(
    {
      stream,
      format: `  ${kind.padEnd(13)} {bar} {shown} {doing}`,
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      linewrap: false,
      emptyOnZero: true,
    },
    Presets.shades_classic,
  );
  bar.start(1, 0, { shown: '', doing: 'connecting to ArrowSphere' });
  return {
    show({ doing, value, total }: Phase) {
      bar.setTotal(Math.max(total, 1));
      bar.update(value, { shown: `${figure(value)}/${figure(total)}`, doing });
    },
    end: () => bar.stop(),
  };
}

function lines(kind: string, out: NodeJS.WriteStream) {
  let said = { doing: '', done: false, at: 0 };
  return {
    show({ doing, value, total }: Phase) {
      const done = value === total;
      const at = performance.now();
      // The first and last line of a phase, and some in between.
      if (doing === said.doing && (said.done || (!done && at - said.at < everyMs))) return;
      said = { doing, done, at };
      out.write(`  ${kind}: ${figure(value)}/${figure(total)} ${doing}\n`);
    },
    end() {},
  };
}

export const figure = (value: number): string => value.toLocaleString('en-US');
