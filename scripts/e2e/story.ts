import type { TestContext } from 'node:test';

/** A chapter of a story; what follows makes no sense without it, so a failure ends the story. */
export type Step = (title: string, chapter: () => Promise<void>) => Promise<void>;

/** Tells a test as a story. `after` is done behind each chapter and belongs to it. */
export function storyOf(t: TestContext, after: () => Promise<void> = async () => {}): Step {
  return async (title, chapter) => {
    let failure: unknown;
    await t.test(title, async () => {
      try {
        await chapter();
        await after();
      } catch (error) {
        failure = error;
        throw error;
      }
    });
    if (failure !== undefined) throw new Error(`the story ends at: ${title}`);
  };
}
