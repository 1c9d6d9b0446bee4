import { runCommand } from './command.ts';
import { since } from './progress.ts';
import { linkMinutes, signInLink } from './sign-in-link.ts';
import { startStack } from './stack.ts';

/** `npm start`: Tributary with its own servers, until it is stopped. */
const began = performance.now();
await runCommand(async ({ environment, onProgress, signal, fail, stayUp }) => {
  const stack = await startStack({ environment, onProgress, signal, onFailure: fail });
  try {
    const { apiUrl, apiKey, apiKeyFile, home, uiUrl } = stack;
    const key = !apiKeyFile
      ? 'the one in TRIBUTARY_API_KEY'
      : apiKeyFile.isNew
        ? `${apiKey}\n               kept in ${apiKeyFile.path}`
        : `in ${apiKeyFile.path}`;
    console.log(`
Tributary is running; it started in ${since(began)}.

  Console      ${await signInLink(stack)}
               signs you in once, within ${linkMinutes} minutes
  API          ${apiUrl}/v1
  API docs     ${apiUrl}/docs
  API key      ${key}
  Temporal UI  ${uiUrl ?? 'set TEMPORAL_UI_URL to show links to it'}
  Data, logs   ${home}

  Press Ctrl-C to stop everything.
`);
    await stayUp();
  } finally {
    await stack.stop();
  }
});
