Feature: A tail shows every event once, in order

  Scenario: Nothing falls between two looks
    Given a service
    When a tail is followed from the start while 4 threads record 250 events each
    Then the tail showed 1000 events, numbered from 0 without a hole

  Scenario: From now on
    Given a service
    When 10 events are recorded
    And the service is flushed
    And a tail is opened at the end
    And 5 events are recorded
    Then the tail shows the numbers 10 to 14 and then nothing

  Scenario: Events of another process are shown too
    Given a service
    When an event is recorded
    And the service is flushed
    And a tail is opened at the end
    And a second process records one event
    Then the tail shows the numbers 1 to 1 and then nothing

  Scenario: The end of the service ends the tail
    Given a service
    When 3 events are recorded
    And the service is flushed
    And a tail is opened at the end
    And the service is closed
    Then the tail ends with an error of kind "Closed"
