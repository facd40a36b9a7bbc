/** What a unit of four bytes is. The corrections of each class are learnt apart. */
export const CLASS = {
  data: 0,
  instruction: 1,
  call: 2,
  jump: 3,
  branch: 4,
  page: 5,
  low: 6,
  near: 7,
  pointer: 8,
  fromHere: 9,
  fromBase: 10,
  name: 11,
  backwards: 12,
  /** An operand of x64 code. */
  operand: 13,
} as const;

/** Number of classes. */
export const CLASSES = 14;
