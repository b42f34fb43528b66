// Command influxd is the InfluxDB that tests run against: its own main package, without the commands of operators.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/influxdata/influxdb/cmd/influxd/run"
)

func main() {
	command := run.NewCommand()
	if err := command.Run(os.Args[1:]...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, os.Interrupt, syscall.SIGTERM)
	<-ended
	if err := command.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	<-command.Closed
}
