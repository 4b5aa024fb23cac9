// Where things are.
import { dirname, join } from 'node:path';

/** This tool. */
export const here = dirname(import.meta.dirname);
/** The repository. */
export const root = dirname(dirname(here));
/** What is made and may be thrown away. */
export const target = join(root, 'target', 'render');
