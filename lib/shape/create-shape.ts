/** The choice between the shapes. */
import { createLogzioShape } from './logzio-shape.ts';
import type { Shape, ShapeOptions } from './shape.ts';

/**
 * Makes the shape that `options` ask for: a pure function from one event to one line.
 * @throws RangeError naming every fault of `fields` and `tags`
 */
export function createShape(options: ShapeOptions): Shape {
  return createLogzioShape(options);
}
