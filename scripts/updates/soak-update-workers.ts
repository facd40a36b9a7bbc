/**
 * Works on what `next` gives, so many at once, until it gives nothing. After a failure nothing more is begun, and what is under
 * way comes to its end. @throws what the first failure threw
 */
export async function workAtOnce<Plan>(
  count: number,
  next: () => Plan | undefined,
  work: (plan: Plan) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    while (failures.length === 0) {
      const plan = next();
      if (plan === undefined) return;
      try {
        await work(plan);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: count }, worker));
  if (failures.length > 0) throw failures[0];
}
