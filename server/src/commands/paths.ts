import { Type } from '@sinclair/typebox';

/** Most files that one command reads. */
export const PATHS_LIMIT = 64;

/** An absolute path of a file that the server itself reads or writes; 4096 bytes is PATH_MAX of Linux. */
export const Path = Type.String({ maxLength: 4096 });
