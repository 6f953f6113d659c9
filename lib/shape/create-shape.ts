/** The choice between the shapes. */
import type { Shape, ShapeOptions } from './shape.ts';

/** Makes the shape that `options` ask for: a pure function from one event to one line. */
export function createShape(options: ShapeOptions): Shape {
  return (event) => ({
    line: JSON.stringify({
      ...options.fields,
      ...event.value,
      type: options.type,
      '@timestamp': event.value.timestamp,
      event_id: event.eventId,
    }),
    shortened: [],
  });
}
