/** The choice between the shapes. */
import { createEcsShape } from './ecs-shape.ts';
import { createLogzioShape } from './logzio-shape.ts';
import { outputFaults } from './output-fields.ts';
import type { Shape, ShapeOptions } from './shape.ts';

/**
 * Makes the shape that `options` ask for: a pure function from one event to one line.
 * @throws RangeError naming every fault of `fields` and `tags`
 */
export function createShape(options: ShapeOptions): Shape {
  const faults = outputFaults(options);
  if (faults.length > 0) throw new RangeError(faults.join('\n'));
  return options.shape === 'ecs' ? createEcsShape(options) : createLogzioShape(options);
}
