// The annotations of a dashboard, as dashed lines with a mark below, as Grafana draws them.
import { useTheme2 } from '@grafana/ui';
import { useLayoutEffect, useRef } from 'react';

export function Annotations({ config, frames }) {
  const theme = useTheme2();
  const latest = useRef([]);
  latest.current = frames.flatMap(marks);

  useLayoutEffect(() => {
    config.addHook('draw', (plot) => {
      const { ctx, bbox } = plot;
      const pixel = window.devicePixelRatio;
      ctx.save();
      for (const { time, color } of latest.current) {
        const x = plot.valToPos(time, 'x', true);
        if (x < bbox.left || x > bbox.left + bbox.width) {
          continue;
        }
        ctx.strokeStyle = ctx.fillStyle = theme.visualization.getColorByName(color);
        ctx.lineWidth = pixel;
        ctx.setLineDash([5 * pixel, 5 * pixel]);
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
        const foot = bbox.top + bbox.height;
        ctx.beginPath();
        ctx.moveTo(x, foot);
        ctx.lineTo(x - 4 * pixel, foot + 6 * pixel);
        ctx.lineTo(x + 4 * pixel, foot + 6 * pixel);
        ctx.fill();
      }
      ctx.restore();
    });
  }, [config, theme]);
  return null;
}

function marks(frame) {
  const times = frame.fields.find((field) => field.name === 'time')?.values ?? [];
  const colors = frame.fields.find((field) => field.name === 'color')?.values ?? [];
  return times.map((time, index) => ({ time, color: colors[index] ?? 'blue' }));
}
