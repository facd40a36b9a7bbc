import type { CommandResult } from '../../../../src/commands/commands.ts';

/** A layer of config; a text of null: there is none. */
export type Layer = CommandResult<'layerGet'>;
export type LayerHead = CommandResult<'layerList'>['layers'][number];
export type Check = CommandResult<'layerCheck'>;
export type Done = CommandResult<'layerSet'>;
export type BoardConfig = CommandResult<'configGet'>;
