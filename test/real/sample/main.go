// Command sample is the service whose versions are released: good, erroring and slow ones are the same program with other
// flags. With -pause it only waits, which is all that the sandbox of a pod does.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func main() {
	pause := flag.Bool("pause", false, "only wait")
	version := flag.String("version", "", "sent with each answer")
	failOneIn := flag.Uint64("fail-one-in", 0, "of so many requests one fails; 0: none")
	delay := flag.Duration("delay", 0, "time that an answer takes")
	flag.Parse()

	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if *pause {
		<-stopped.Done()
		return
	}

	http.Handle("/metrics", promhttp.Handler())
	http.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	http.Handle("/", shop(*version, *failOneIn, *delay))
	server := &http.Server{Addr: ":8080", ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-stopped.Done()
		if err := server.Shutdown(context.Background()); err != nil {
			log.Print(err)
		}
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Print(err)
		os.Exit(1)
	}
}

// shop answers requests, and counts and times them under the metric names that most instrumentation uses.
func shop(version string, failOneIn uint64, delay time.Duration) http.Handler {
	requests := promauto.NewCounterVec(prometheus.CounterOpts{
		Name: "http_requests_total",
		Help: "Requests that were answered, by status code.",
	}, []string{"code"})
	// Both are there from the start: a rate of what is not there is not 0.
	for _, code := range []int{http.StatusOK, http.StatusInternalServerError} {
		requests.WithLabelValues(strconv.Itoa(code))
	}
	duration := promauto.NewHistogram(prometheus.HistogramOpts{
		Name:    "http_request_duration_seconds",
		Help:    "Time that requests took.",
		Buckets: prometheus.DefBuckets,
	})
	var served atomic.Uint64
	return http.HandlerFunc(func(response http.ResponseWriter, _ *http.Request) {
		start := time.Now()
		time.Sleep(delay)
		code := http.StatusOK
		if failOneIn > 0 && served.Add(1)%failOneIn == 0 {
			code = http.StatusInternalServerError
		}
		response.Header().Set("X-Version", version)
		response.WriteHeader(code)
		duration.Observe(time.Since(start).Seconds())
		requests.WithLabelValues(strconv.Itoa(code)).Inc()
	})
}
