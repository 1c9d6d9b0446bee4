import { join } from 'node:path';
import { type Run, runCommand } from '../command.ts';
import { runnable } from '../compile.ts';
import { keptPort } from '../home.ts';
import { plainEnvironment, waitUntil } from '../processes.ts';
import type { Program } from '../programs.ts';
import { since } from '../progress.ts';
import { signInLink } from '../sign-in-link.ts';
import { startStack } from '../stack.ts';
import { demoApi } from './api.ts';
import { report } from './report.ts';
import { callsPerFiveMinutes, runDemo, type Simulators, StepFailed } from './steps.ts';

/** `npm run demo`: Tributary between a simulated ArrowSphere and a simulated HaloPSA. `--once`: exit when done. */
const began = performance.now();
const once = process.argv.includes('--once') || process.env.DEMO_ONCE === '1';

await runCommand(async (run) => {
  const { environment, onProgress, signal } = run;
  const urls: Simulators = { arrowsphere: '', halopsa: '' };
  const stack = await startStack({
    // The simulators are on this machine, wherever the API listens.
    environment: { ...environment, allowPrivateTargets: true },
    home: join(environment.home, 'demo'),
    besides: (home) => simulators(home, urls, run),
    onProgress,
    signal,
    onFailure: run.fail,
  });
  try {
    await waitFor(urls, stack.home, signal);
    onProgress({
      state: 'done',
      text: `simulators: ArrowSphere on ${urls.arrowsphere}, HaloPSA on ${urls.halopsa}`,
    });
    const outcome = await runDemo(demoApi(stack.apiUrl, stack.apiKey, signal), urls, onProgress).catch(
      (error: Error) => {
        throw signal.aborted ? error : new Error(`${error.message}\nLogs: ${join(stack.home, '*.log')}`);
      },
    );
    const consoleLink = await signInLink(stack);
    console.log(report(stack, outcome, { took: since(began), consoleLink }));
    if (once) return;
    console.log('Everything keeps running until you press Ctrl-C. The next demo continues with this data.');
    await run.stayUp();
  } finally {
    await stack.stop();
  }
});

/** Uses fixed ports, so that the connections stay valid on the next start. */
async function simulators(home: string, urls: Simulators, { onProgress }: Run): Promise<Program[]> {
  const simulator = await runnable('simulators/main.ts');
  const program = async (kind: keyof Simulators, first: number, more: string[]): Promise<Program> => {
    const port = await keptPort(home, kind, first, onProgress);
    urls[kind] = `http://127.0.0.1:${port}`;
    const args = [...simulator, kind, '--port', String(port), ...more];
    return { name: kind, args, env: plainEnvironment() };
  };
  // HaloPSA's data is stored; otherwise the next start would find everything gone.
  const halo = [
    '--state-file',
    join(home, 'halopsa.jsonl'),
    '--calls-per-five-minutes',
    `${callsPerFiveMinutes}`,
  ];
  return [await program('arrowsphere', 4101, []), await program('halopsa', 4301, halo)];
}

async function waitFor(urls: Simulators, home: string, signal: AbortSignal): Promise<void> {
  for (const [kind, url] of Object.entries(urls)) {
    const answers = () =>
      fetch(url).then(
        () => true,
        () => signal.aborted,
      );
    const up = await waitUntil(answers, 60_000, 100);
    signal.throwIfAborted();
    if (!up) throw new StepFailed(`Starting the ${kind} simulator`, `see ${join(home, `${kind}.log`)}`);
  }
}
