/**
 * What a test or a file of tests closes when it ends, the last one first. `setup.ts` asks for it in every file: files
 * share modules, so a hook in a module would run for the first file alone.
 */
type Close = () => unknown;

const ofTest: Close[] = [];
const ofFile: Close[] = [];

export const afterThisTest = (close: Close) => void ofTest.push(close);
export const afterThisFile = (close: Close) => void ofFile.push(close);

export const closeTest = () => closeAll(ofTest);
export const closeFile = () => closeAll(ofFile);

async function closeAll(closers: Close[]): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}
