"use strict";
(function () {
  const data = JSON.parse(document.getElementById("picture-data").textContent);
  const holder = document.getElementById("picture");
  const nodes = new vis.DataSet(data.nodes);
  const edges = new vis.DataSet(data.edges);
  const network = new vis.Network(holder, { nodes: nodes, edges: edges }, data.options);
  const fit = function () { network.redraw(); network.fit({ animation: false }); };
  fit();
  window.addEventListener("resize", fit);
  window.addEventListener("beforeprint", fit);
  document.getElementById("fit").addEventListener("click", fit);
  const mark = function (ids, name) {
    for (const row of document.querySelectorAll("tr." + name)) { row.classList.remove(name); }
    for (const id of ids) {
      const row = document.getElementById("row-" + id);
      if (row) { row.classList.add(name); }
    }
  };
  network.on("select", function (chosen) {
    const items = nodes.get(chosen.nodes).concat(chosen.nodes.length ? [] : edges.get(chosen.edges));
    mark(items.flatMap(function (item) { return item.rows; }), "chosen");
    const first = document.querySelector("tr.chosen");
    if (first) { first.scrollIntoView({ block: "nearest" }); }
  });
  network.once("afterDrawing", function () { document.documentElement.dataset.drawn = "yes"; });
  network.redraw();
})();
