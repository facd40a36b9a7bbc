/** Points [x, y] with x rising, at least two. */
export type Points = readonly (readonly [number, number])[];

/** y at x on the straight lines between the points; beyond the ends the first and last line go on. Exact at each point. */
export function alongPoints(points: Points, x: number): number {
  const above = points.findIndex(([at]) => at >= x);
  const right = above < 0 ? points.length - 1 : Math.max(1, above);
  const [x0, y0] = points[right - 1]!;
  const [x1, y1] = points[right]!;
  if (x === x1) return y1;
  return y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
}
