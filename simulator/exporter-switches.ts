/** Which exporters answer. Everything runs until it is stopped. */
export class ExporterSwitches {
  private kubeStateMetrics = true;
  private nodeExporters = true;
  private readonly stopped = new Set<string>();

  setKubeStateMetrics(up: boolean): void {
    this.kubeStateMetrics = up;
  }

  /** Of one node; without a node of all, which also clears what was set for single ones. */
  setNodeExporter(up: boolean, node?: string): void {
    if (node === undefined) {
      this.nodeExporters = up;
      this.stopped.clear();
    } else if (up) {
      this.stopped.delete(node);
    } else {
      this.stopped.add(node);
    }
  }

  kubeStateMetricsRuns(): boolean {
    return this.kubeStateMetrics;
  }

  nodeExporterRuns(node: string): boolean {
    return this.nodeExporters && !this.stopped.has(node);
  }
}
