// The dial of a gauge. Grafana's component has it drawn by `flot` with a plugin for gauges, which
// its application adds to jQuery and no package brings; so they are stood in for here, by the
// options that the component gives.
import $ from 'jquery';

export function provideDial() {
  $.plot = (element, [series], { series: { gauges } }) => dial(element, series.data[0][1], gauges);
}

// The dial is open at the bottom. Angles are in turns of a half, clockwise from the right.
const begin = 0.8;
const end = 2.2;

function dial(element, number, { gauge, threshold, value }) {
  const { clientWidth: width, clientHeight: height } = element;
  const ctx = canvas(element, width, height);
  // An arc of 1.4 half turns is as high as its radius and 0.6 more.
  const marker = threshold.show ? threshold.width + 2 : 0;
  const outer = Math.min(width / 2, height / (1 + Math.sin((begin - 0) * Math.PI))) - 2;
  const center = { x: width / 2, y: outer + 2 + Math.max(0, (height - outer * 1.6) / 2) };
  const angle = (at) => begin + (end - begin) * Math.min(1, Math.max(0, (at - gauge.min) / (gauge.max - gauge.min || 1)));
  const arc = (from, to, radius, thickness, color) => {
    ctx.beginPath();
    ctx.lineWidth = thickness;
    ctx.strokeStyle = color;
    ctx.arc(center.x, center.y, radius - thickness / 2, from * Math.PI, to * Math.PI);
    ctx.stroke();
  };

  arc(begin, end, outer - marker, gauge.width, gauge.background.color);
  if (number !== null && number > gauge.min) {
    arc(begin, angle(number), outer - marker, gauge.width, value.color);
  }
  if (threshold.show) {
    // Each of its values is where a color ends.
    threshold.values.reduce((from, { value: at, color }) => {
      arc(angle(from), angle(at), outer, threshold.width, color);
      return at;
    }, gauge.min);
  }
  ctx.fillStyle = value.color;
  ctx.font = `${value.font.size}px ${value.font.family}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.fillText(value.formatter(), center.x, center.y);
}

function canvas(element, width, height) {
  const made = document.createElement('canvas');
  const pixel = window.devicePixelRatio;
  Object.assign(made, { width: width * pixel, height: height * pixel });
  Object.assign(made.style, { width: `${width}px`, height: `${height}px` });
  element.replaceChildren(made);
  const ctx = made.getContext('2d');
  ctx.scale(pixel, pixel);
  return ctx;
}
