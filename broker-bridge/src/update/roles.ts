/** The top-level roles of TUF, in the order in which their files travel and are verified (TUF 1.0.33, section 5). */
export const ROLES = ['root', 'timestamp', 'snapshot', 'targets'] as const;
export type Role = (typeof ROLES)[number];
