import { readdir, writeFile } from 'node:fs/promises';
import type { Picture } from './pages.ts';

/** The page that lists the pictures of a folder: each in light, the others one click away. */
export async function listPictures(folder: string, pictures: Picture[]): Promise<void> {
  const there = new Set(await readdir(folder));
  const sections = pictures
    .filter(({ name }) => there.has(`${name}-light.png`))
    .map(
      ({ name, title }) => `## ${title}

![${title}](${name}-light.png)

[dark](${name}-dark.png) · [phone](${name}-phone.png)
`,
    );
  const head = `# The console in pictures

Every page with the demo's data, in light, in the dark and on a phone. \`npm run screenshots\` takes them anew.
`;
  await writeFile(`${folder}/README.md`, `${[head, ...sections].join('\n')}`);
}
