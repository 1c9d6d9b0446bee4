/** Turns a simulator's knob, as `POST /__control/do/<name>` does from another process. */
export async function control<Answer = unknown>(
  { simulator }: { simulator: { url: string } },
  name: string,
  body: object = {},
): Promise<Answer> {
  const response = await fetch(`${simulator.url}/__control/do/${name}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Answer & { error?: unknown };
  if (!response.ok || answer?.error) throw new Error(`${name}: ${JSON.stringify(answer)}`);
  return answer;
}
